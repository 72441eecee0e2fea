import test from 'ava';
import { expandHosts } from '../../../engine/inventory/host-range.ts';

const rows: readonly (readonly [string, readonly string[], number?])[] = [
  ['h1', ['h1']],
  ['h1:2222', ['h1'], 2222],
  ['h[1:3]', ['h1', 'h2', 'h3']],
  ['h[01:03].lan', ['h01.lan', 'h02.lan', 'h03.lan']],
  ['h[1:10:4]', ['h1', 'h5', 'h9']],
  ['h[a:c]', ['ha', 'hb', 'hc']],
  ['h[y:B]', ['hy', 'hz', 'hA', 'hB']],
  ['h[1:2]-[a:b]:22', ['h1-a', 'h1-b', 'h2-a', 'h2-b'], 22],
  ['h[:2]', ['h0', 'h1', 'h2']],
  ['10.0.0.[1:2]', ['10.0.0.1', '10.0.0.2']],
  ['[::1]:22', ['::1'], 22],
  ['2001:db8::1', ['2001:db8::1']],
  ['[2001:db8::1]:2022', ['2001:db8::1'], 2022],
  ['fe80::1%eth0', ['fe80::1%eth0']],
  ['a_:22', ['a_:22']],
];

for (const [text, names, port] of rows) test(`${text} stands for ${names.join(' ')}${port ? ` on port ${port}` : ''}`, (t) => t.deepEqual(expandHosts(text), { names, port }));

const faults: readonly (readonly [string, RegExp])[] = [
  ['h[1:99999999]', /more than 100000 hosts/],
  ['h[1:999][1:999]', /more than 100000 hosts/],
  ['h[1:99999999999999999999]', /more than 100000 hosts/],
  [`h${'[1:1]'.repeat(100_000)}`, /more than 255 characters/],
  ['h[3:1]', /ends before it begins/],
  ['h[01:9]', /as many digits/],
  ['h[1:]', /has no end/],
  ['h[1]', /not a range/],
  ['h[1:2:0]', /step/],
  ['h[a:9]', /both be numbers/],
  ['h[1:2', /never closed/],
  ['h:', /no port follows/],
  ['h:0', /1 to 65535/],
  ['h:70000', /1 to 65535/],
  ['[::1]', /brackets only before a port/],
];

for (const [text, message] of faults) {
  test(`refuses ${text.slice(0, 30)}`, (t) => {
    const expansion = expandHosts(text);
    t.regex('fault' in expansion ? expansion.fault : '', message);
  });
}
