/** Whether released Kubernetes can be had. */

/** Whether dl.k8s.io answers within some seconds. */
export async function releasesAnswer(seconds = 3, url = 'https://dl.k8s.io/release/stable.txt'): Promise<boolean> {
  try {
    const { ok } = await fetch(url, { signal: AbortSignal.timeout(seconds * 1000) });
    return ok;
  } catch {
    return false;
  }
}
