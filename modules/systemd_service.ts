/** Another name that Ansible has for systemd. */
export { default } from './systemd.ts';
