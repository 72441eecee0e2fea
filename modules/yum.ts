/** The name of package in playbooks that were written for yum; what the host has decides. */
export { default } from './package.ts';
