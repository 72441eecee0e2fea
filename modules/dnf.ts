/** The name of package in playbooks that were written for dnf; what the host has decides. */
export { default } from './package.ts';
