/** The images that objects name, taken from other places: a mirror's, a registry's of one's own. */
import { isMapping, type KubeObject } from './kubectl-object.ts';

/** Beginnings of names, and what stands there instead. */
export type ImagePlaces = Readonly<Record<string, string>>;

/** An object whose containers have their images from where they are to come from. Nothing else in it is touched. */
export function withImages(object: KubeObject, places: ImagePlaces): KubeObject {
  return Object.keys(places).length === 0 ? object : (replaced(object, places) as KubeObject);
}

/** An image's name with the longest beginning that fits replaced; `nginx` is `docker.io/library/nginx` where that fits. */
export function placedImage(image: string, places: ImagePlaces): string {
  const full = fullName(image);
  const fits = Object.keys(places).filter((start) => full === start || (full.startsWith(start) && (/[/:@]$/.test(start) || /^[/:@]/.test(full.slice(start.length)))));
  const longest = fits.sort((a, b) => b.length - a.length)[0];
  return longest === undefined || places[longest] === longest ? image : `${places[longest]!}${full.slice(longest.length)}`;
}

/** With its registry, as a container runtime reads it. */
function fullName(image: string): string {
  const [first, ...rest] = image.split('/');
  if (rest.length > 0 && (/[.:]/.test(first!) || first === 'localhost')) return image;
  return rest.length === 0 ? `docker.io/library/${image}` : `docker.io/${image}`;
}

function replaced(value: unknown, places: ImagePlaces): unknown {
  if (Array.isArray(value)) return value.map((each) => replaced(each, places));
  if (!isMapping(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => {
    if (isContainers(name, each)) return [name, each.map((one) => (typeof one['image'] === 'string' ? { ...one, image: placedImage(one['image'], places) } : one))];
    return [name, replaced(each, places)];
  }));
}

/** The places where Kubernetes itself has containers; a schema that describes such a place has a mapping there. */
function isContainers(name: string, value: unknown): value is readonly Readonly<Record<string, unknown>>[] {
  return ['containers', 'initContainers', 'ephemeralContainers'].includes(name) && Array.isArray(value) && value.every(isMapping);
}
