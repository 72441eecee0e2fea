/** Sets labels of objects of a Kubernetes cluster, and takes them away. */
import { defineModule, z } from '../engine/module/kit.ts';
import { lookAtNamed, namedParams, pairs, planMetadata } from './shared/kubectl-metadata.ts';

export default defineModule({
  summary: 'Set labels of nodes and other objects of a Kubernetes cluster',
  params: z.object({
    labels: pairs().describe('label: value; null takes a label away. Labels that are not named stay'),
    ...namedParams,
  }),
  aliases: { names: 'name' },
  example: `- name: Tell workers with fast disks from others
  kubectl_label:
    name: [w1, w2]
    labels:
      disk: fast
      old-label: null`,
  returns: { resources: 'list of name and labels of the objects' },
  ahead: false,
  inspect: (asked, probe) => lookAtNamed(asked, probe),
  plan: (asked, found, here) => planMetadata(asked, { verb: 'label', field: 'labels', pairs: asked.labels }, found, here),
});
