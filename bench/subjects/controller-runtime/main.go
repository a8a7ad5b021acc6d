// A webhook on controller-runtime that does to an Upstream what gloo-istio does to it.
package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"flag"
	"fmt"
	"hash/fnv"
	"net/http"
	"os"
	"time"

	"go.uber.org/zap/zapcore"
	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	metrics "sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/webhook"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
)

const (
	selectedBy = "gloo-istio.io/mtls"
	markedBy   = "gloo-istio.io/injected"
	mesh       = "istio-system.istio"
	rfc3339    = "2006-01-02T15:04:05.000Z"
)

// sslConfig is made for each Upstream: whoever holds it may change it.
func sslConfig() map[string]any {
	return map[string]any{
		"alpnProtocols": []any{"istio"},
		"sds": map[string]any{
			"certificatesSecretName": "istio_server_cert",
			"validationContextName":  "istio_validation_context",
			"targetUri":              "127.0.0.1:8234",
		},
	}
}

// fingerprint stands for the sslConfig in a mark; encoding/json sorts the keys.
func fingerprint() (string, error) {
	text, err := json.Marshal(sslConfig())
	if err != nil {
		return "", err
	}
	hash := fnv.New32a()
	_, err = hash.Write(text)
	return fmt.Sprintf("%08x", hash.Sum32()), err
}

type mark struct {
	Mesh      string `json:"mesh"`
	Since     string `json:"since"`
	SslConfig string `json:"sslConfig"`
}

type mutator struct {
	decoder     admission.Decoder
	fingerprint string
}

func (m *mutator) Handle(ctx context.Context, req admission.Request) admission.Response {
	upstream := &unstructured.Unstructured{}
	if err := m.decoder.Decode(req, upstream); err != nil {
		return admission.Errored(http.StatusBadRequest, err)
	}
	reason, err := m.enable(upstream)
	if err != nil {
		return admission.Errored(http.StatusInternalServerError, err)
	}
	ctrl.LoggerFrom(ctx).Info("reviewed", "reason", reason, "uid", req.UID, "operation", req.Operation)
	current, err := upstream.MarshalJSON()
	if err != nil {
		return admission.Errored(http.StatusInternalServerError, err)
	}
	return admission.PatchResponseFromRaw(req.Object.Raw, current)
}

// enable fills in what is missing, and tells why it did so or not.
func (m *mutator) enable(upstream *unstructured.Unstructured) (string, error) {
	annotations := upstream.GetAnnotations()
	if annotations[selectedBy] != "enabled" {
		return "NotSelected", nil
	}
	if _, isSet, err := unstructured.NestedFieldNoCopy(upstream.Object, "spec", "sslConfig"); isSet || err != nil {
		return "AlreadyConfigured", err
	}
	text, err := json.Marshal(mark{mesh, time.Now().UTC().Format(rfc3339), m.fingerprint})
	if err != nil {
		return "", err
	}
	annotations[markedBy] = string(text)
	upstream.SetAnnotations(annotations)
	return "MtlsEnabled", unstructured.SetNestedField(upstream.Object, sslConfig(), "spec", "sslConfig")
}

// http1 is how kubebuilder's scaffold has it, and the only way in which an API server asks.
func http1(config *tls.Config) { config.NextProtos = []string{"http/1.1"} }

func serve(ctx context.Context, options webhook.Options) error {
	fingerprint, err := fingerprint()
	if err != nil {
		return err
	}
	options.WebhookMux.HandleFunc("/readyz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") })
	server := webhook.NewServer(options)
	decoder := admission.NewDecoder(runtime.NewScheme())
	server.Register("/mutate", &webhook.Admission{Handler: &mutator{decoder, fingerprint}})
	metricsServer, err := metrics.NewServer(metrics.Options{BindAddress: "127.0.0.1:0"}, nil, nil)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return metricsServer.Start(ctx) })
	group.Go(func() error { return server.Start(ctx) })
	return group.Wait()
}

func main() {
	options := webhook.Options{
		Host:       "127.0.0.1",
		WebhookMux: http.NewServeMux(),
		TLSOpts:    []func(*tls.Config){http1},
	}
	flag.IntVar(&options.Port, "port", 0, "where to listen for reviews")
	flag.StringVar(&options.CertDir, "cert-dir", "", "the folder of tls.crt and tls.key")
	flag.Parse()
	// Above this level it would log one review in a hundred once there are more than a hundred a second.
	ctrl.SetLogger(zap.New(zap.Level(zapcore.Level(-2))))
	if err := serve(ctrl.SetupSignalHandler(), options); err != nil {
		ctrl.Log.Error(err, "cannot serve")
		os.Exit(1)
	}
}
