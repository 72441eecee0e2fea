/** Round trips counted by who spoke after whom. */
import test from 'ava';
import { openTally } from '../../bench/tally.ts';

test('a question and its answer after the handshake are two round trips, each further one is one more', (t) => {
  const tally = openTally();
  const talk = tally.talk();
  for (const trips of [2, 3, 4]) {
    talk.asked()();
    talk.answered()();
    t.is(tally.trips(), trips);
  }
});

test('questions that do not wait for each other are one round trip together', (t) => {
  const tally = openTally();
  const talk = tally.talk();
  const asked = [talk.asked(), talk.asked(), talk.asked()];
  for (const arrive of asked) arrive();
  const answered = [talk.answered(), talk.answered()];
  for (const arrive of answered) arrive();
  t.is(tally.trips(), 2);
});

test('an answer that has not arrived is not known to what leaves before', (t) => {
  const tally = openTally();
  const talk = tally.talk();
  talk.asked()();
  const answer = talk.answered();
  const next = talk.asked();
  answer();
  next();
  talk.answered()();
  t.is(tally.trips(), 2);
});

test('a second connection goes on from what the client knows from the first', (t) => {
  const tally = openTally();
  const first = tally.talk();
  first.asked()();
  first.answered()();
  const second = tally.talk();
  second.asked()();
  second.answered()();
  t.is(tally.trips(), 4);
});

test('a server that speaks first is heard half a round trip after it has accepted', (t) => {
  const tally = openTally();
  tally.talk().answered()();
  t.is(tally.trips(), 2);
});

test('a restart begins at zero, also with connections that are open and what is on its way', (t) => {
  const tally = openTally();
  const talk = tally.talk();
  talk.asked()();
  const late = talk.answered();
  tally.restart();
  late();
  t.is(tally.trips(), 0);
  talk.asked()();
  talk.answered()();
  t.is(tally.trips(), 1);
});
