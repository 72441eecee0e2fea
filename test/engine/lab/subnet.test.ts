/** Subnets and addresses. */
import test from 'ava';
import { addressNumber, addressText, broadcastOf, contains, gatewayOf, parseSubnet } from '../../../engine/lab/subnet.ts';

test('a subnet knows its gateway, its last address and what lies in it', (t) => {
  const subnet = parseSubnet('10.213.4.0/22')!;
  t.is(addressText(gatewayOf(subnet)), '10.213.4.1');
  t.is(addressText(broadcastOf(subnet)), '10.213.7.255');
  t.true(contains(subnet, addressNumber('10.213.7.9')!));
  t.false(contains(subnet, addressNumber('10.213.8.0')!));
  t.false(contains(subnet, addressNumber('10.213.3.255')!));
  t.is(addressText(addressNumber('255.1.0.128')!), '255.1.0.128');
});

for (const text of ['10.0.0.1/24', '10.0.0.0', '10.0.0.0/31', '0.0.0.0/0', '10.0.0/24', '10.0.0.256/24', '010.0.0.0/24', '10.0.0.0/24 ', 'fd00::/64']) {
  test(`"${text}" is no subnet of a lab`, (t) => t.is(parseSubnet(text), undefined));
}
