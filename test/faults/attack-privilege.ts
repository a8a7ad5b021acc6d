import { faultGroup } from './fault.ts'

/** What a tenant may write, or whoever steals our token may do, to get what is not theirs. */
export const ATTACK_PRIVILEGE = faultGroup({
  title: 'Attacks on rights',
  file: 'attack-privilege',
  faults: {
    'ATK-31': {
      fault:
        'a tenant’s Upstream with every annotation of ours, to steer where certificates come from',
      expected:
        'names and targets are those of any Upstream; only server and SPIFFE names are the tenant’s',
    },
    'ATK-32': {
      fault:
        'a tenant’s own sslConfig with another SDS server and the gateway’s token, marked as ours',
      expected: 'it is neither adopted nor completed; no other Upstream changes',
    },
    'ATK-33': {
      fault: 'labels on an Upstream and its Service that keep other webhooks away',
      expected: 'it is filled like any other',
    },
    'ATK-34': {
      fault:
        'a tenant’s Service of the same name, with annotations for the Upstream of another tenant',
      expected: 'the Service that the Upstream leads to is asked, and no other',
    },
    'ATK-35': {
      fault: 'a tenant’s istiod, with its ConfigMap, to have its image run beside the gateway',
      expected: 'the gateway stays as it is, and no mesh is found there',
    },
    'ATK-36': {
      fault: 'what is added to a gateway, read for a way to its tokens and its node',
      expected: 'no path of the node, no privilege, no Secret; tokens for istio-ca alone',
    },
    'ATK-37': {
      fault: 'the token of the ServiceAccount, tried on 20 things that it is not for',
      expected: 'the API server forbids each',
    },
    'ATK-38': {
      fault: 'a tenant’s Deployment that calls itself a gateway, for more than its author may',
      expected:
        'it gets no ServiceAccount, image, privilege or volume beyond what any gateway gets',
    },
    'ATK-39': {
      fault:
        'a tenant’s gateway that never gets ready, to hold up the Upstreams beside another gateway',
      expected: 'they are filled at once',
    },
    'ATK-40': {
      fault:
        '300 reviews made up by a pod, sent past the API server, as Gloo’s discovery and as gateways',
      expected: 'what the API server asks for next is answered as before, and nothing is written',
    },
    'ATK-30': {
      fault: 'a tenant’s gateway that opts out, to take mutual TLS from Upstreams of other tenants',
      expected: 'they stay as they are, wherever they live',
    },
  },
})
