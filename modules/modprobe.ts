/** The name under which Ansible knows kernel_module. */
export { default } from './kernel_module.ts';
