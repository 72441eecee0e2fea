/** Keeps the images of a kubeadm cluster on a host, so that making the cluster does not wait for them. */
import { defineModule, Missing, ModuleFailure, z, type Plan } from '../engine/module/kit.ts';
import { configText, imageDocuments } from './shared/kubeadm-documents.ts';
import { judgeKubeadm } from './shared/kubeadm-failure.ts';
import { hostsVersion, lookAtImages, neededImages, pullStep, type ImagesLook } from './shared/kubeadm-images.ts';
import { nodeParams } from './shared/kubeadm-node-params.ts';
import { imageParams } from './shared/kubeadm-params.ts';
import { isKubeadmComing, withKubeadm } from './shared/kubeadm-ready.ts';
import { readKubeadm, type Api, type Kubeadm } from './shared/kubeadm-version.ts';

const params = z.object({
  state: z.enum(['present', 'list']).default('present').describe('present: pulls what is not on the host; list: only tells'),
  ...imageParams,
  cri_socket: nodeParams.cri_socket,
});

type Params = z.infer<typeof params>;

interface Found {
  readonly look: ImagesLook;
  readonly isComing: boolean;
}

export default defineModule<typeof params, Found>({
  summary: 'Pull the images of a kubeadm cluster, or list them',
  params,
  example: `- name: Have the images of the control plane on the host
  kubeadm_images:
    version: v1.31.2
    image_repository: registry.example.org/kubernetes
    cri_socket: unix:///run/containerd/containerd.sock`,
  returns: { images: 'list of all that the cluster is made of', missing: 'list of those that were not on the host' },
  slow: true,
  ahead: false,
  async inspect(asked, probe) {
    const [look, isComing] = await Promise.all([lookAtImages(probe, asked.cri_socket, configs(asked)), isKubeadmComing(probe)]);
    return { look, isComing };
  },
  plan(asked, { look, isComing }, here): Plan {
    const kubeadm = look.kubeadm === undefined ? undefined : readKubeadm(look.kubeadm);
    if (!kubeadm) return withKubeadm({ look: { kubeadm }, isComing }, here, asked.version, (foreseen) => ({ changes: asked.state === 'present' ? [pull(asked, foreseen, [])] : [], result: {} }));
    const wanted = neededImages(look.wanted ?? [], asked);
    const missing = wanted.filter((image) => !isPresent(image, look.present ?? []));
    const change = pull(asked, kubeadm, missing, wanted.length < (look.wanted?.length ?? 0));
    if (!look.wanted) throw new ModuleFailure(`kubeadm cannot tell the images: ${look.error ?? 'it ended without a word'}`);
    const result = { images: wanted, missing };
    if (asked.state === 'list' || missing.length === 0) return { changes: [], result };
    if (look.tool !== undefined || kubeadm.minor >= 31) return { changes: [change], result };
    const why = 'no program on the host speaks with the container runtime: neither crictl nor docker nor ctr';
    throw new Missing({ kind: 'command', name: 'crictl' }, why, 'the package cri-tools brings crictl', { changes: [change], result });
  },
  output(_asked, _found, steps) {
    judgeKubeadm(steps.at(-1), 'the images could not be pulled', 'is their repository right, can the host reach it, does it trust its authority?');
    return {};
  },
});

function pull(asked: Params, kubeadm: Kubeadm, missing: readonly string[], each = false) {
  const version = asked.version ?? kubeadm.version;
  return {
    summary: `pull ${missing.length > 0 ? `${missing.length} of ` : ''}the images of Kubernetes${version === undefined ? '' : ` ${version}`}`,
    of: 'images', before: '', after: missing.map((image) => `${image}\n`).join(''),
    steps: [pullStep(asked.cri_socket, configText(imageDocuments(asked, kubeadm)), missing, Number.isFinite(kubeadm.minor) ? kubeadm.minor : 99, { each })],
  };
}

/** In every version's words, since only the host can tell which it reads, and its version where none is asked for. */
function configs(asked: Params): Readonly<Record<Api, string>> {
  const write = (api: Api, minor: number): string => {
    try {
      return configText(imageDocuments({ ...asked, version: asked.version ?? hostsVersion }, { api, minor, version: undefined }));
    } catch (error) {
      // The plan says so, where it is this version that the host has.
      if (error instanceof ModuleFailure) return '';
      throw error;
    }
  };
  return { v1beta2: write('v1beta2', 21), v1beta3: write('v1beta3', 30), v1beta4: write('v1beta4', Infinity) };
}

/** docker leaves its own registry's name out. */
function isPresent(image: string, present: readonly string[]): boolean {
  return present.includes(image) || present.includes(image.replace(/^docker\.io\/(library\/)?/, ''));
}
