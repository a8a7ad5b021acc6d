import { ofKubernetes } from './kubernetes.ts'
import type { Part } from './part.ts'

const PROGRAMS = ['kube-controller-manager', 'kube-scheduler', 'kubelet', 'kube-proxy']

/** What a node has beside an API server; only a machine where pods can run has a use for it. */
export const node: Part<{
  kubeControllerManager: string
  kubeScheduler: string
  kubelet: string
  kubeProxy: string
  pause: string
}> = {
  ...ofKubernetes([
    ...PROGRAMS.map(program => `k8s.io/kubernetes/cmd/${program}`),
    'gloo-istio.io/test/parts/kubernetes/pause',
  ]),
  name: 'node',
  about: 'kubelet, kube-proxy, controllers and scheduler, built with Go: about 3 minutes more',
  binaries: at => ({
    kubeControllerManager: at('kube-controller-manager'),
    kubeScheduler: at('kube-scheduler'),
    kubelet: at('kubelet'),
    kubeProxy: at('kube-proxy'),
    pause: at('pause'),
  }),
}
