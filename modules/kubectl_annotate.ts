/** Sets annotations of objects of a Kubernetes cluster, and takes them away. */
import { defineModule, z } from '../engine/module/kit.ts';
import { lookAtNamed, namedParams, pairs, planMetadata } from './shared/kubectl-metadata.ts';

export default defineModule({
  summary: 'Set annotations of nodes and other objects of a Kubernetes cluster',
  params: z.object({
    annotations: pairs().describe('annotation: value; null takes one away. Those that are not named stay. Values stand in the arguments of a command on the host: no place for secrets'),
    ...namedParams,
  }),
  aliases: { names: 'name' },
  example: `- name: Make this storage the usual one
  kubectl_annotate:
    kind: StorageClass
    name: local-path
    annotations:
      storageclass.kubernetes.io/is-default-class: "true"`,
  returns: { resources: 'list of name and annotations of the objects' },
  ahead: false,
  inspect: (asked, probe) => lookAtNamed(asked, probe),
  plan: (asked, found, here) => planMetadata(asked, { verb: 'annotate', field: 'annotations', pairs: asked.annotations }, found, here),
});
