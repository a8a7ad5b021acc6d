import { faultGroup } from './fault.ts'

/** What a tenant may write into annotations of objects of its own, to have more than that changed. */
export const ATTACK_ANNOTATIONS = faultGroup({
  title: 'Attacks by annotations and labels',
  file: 'attack-annotations',
  faults: {
    'ATK-21': {
      fault: 'line ends and YAML in the meshes of a proxy, to get into env of its containers',
      expected: 'nothing is added; a warning quotes the value in one line',
    },
    'ATK-22': {
      fault: 'shell commands in each annotation of an Upstream',
      expected: 'they are refused, or stay one string in the field that they are for',
    },
    'ATK-23': {
      fault: 'annotations that name images, as those of Istio and of other injectors do',
      expected: 'images come from the configuration and the registry of the proxy alone',
    },
    'ATK-24': {
      fault: 'paths with .. for the name of a mesh, to mount or to read something else',
      expected: 'nothing is changed; no path of a patch leads upwards',
    },
    'ATK-25': {
      fault: 'keys and names that look like JSON pointers, with ~, ~0, ~1 and slashes',
      expected: 'the patch applies, and changes nothing but what is ours',
    },
    'ATK-26': {
      fault: 'markers of templates in values: those of Go, of shells, of Log4j and our own blanks',
      expected: 'each comes back as it was written, filled in by nobody',
    },
    'ATK-27': {
      fault: '256 KiB in each annotation, of one piece and of 100,000 pieces',
      expected: 'an answer of less than 4 KiB, at no cost',
    },
    'ATK-28': {
      fault: 'letters that look like others, invisible ones and other cases in keys and values',
      expected: 'nothing is switched on; for a key of ours a warning says why',
    },
    'ATK-29': {
      fault: 'a forged mark that claims what the user added as ours, to have it taken away',
      expected: 'what the user added stays',
    },
  },
})
