import { Option } from 'commander'

/** As glooctl's, which takes it for minikube's profile (gloo@v1.22.1:projects/gloo/cli/pkg/cmd/gateway). */
export const localClusterNameOption = (): Option =>
  new Option(
    '--local-cluster-name <name>',
    'name of a minikube cluster, by which its node is known; nodes of kind are known anyway',
  ).default('minikube')
