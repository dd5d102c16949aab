import { expect, test } from '@jest/globals';
import { buildColumn } from '../../src/columns/build.js';
import { ColumnDigest, valueDigests } from '../../src/columns/digest.js';
import { rowKeys } from '../../src/columns/keys.js';
import type { Type } from '../../src/columns/type.js';

/** Stores hold these digests: whoever changes one makes every stored row unknown, and raises the scheme. */
const VALUES: readonly (readonly [type: Type, value: unknown])[] = [
  ['null', null],
  ['bool', true],
  ['int32', 5],
  ['float64', 0.1],
  ['int64', -5n],
  ['text', 'grüße'],
  ['binary', Uint8Array.of(1, 2)],
  ['date', new Date('2024-02-29')],
  [{ timestamp: 'us' }, 5n],
  [{ decimal: [5, 2] }, '1.50'],
  [{ list: 'float32' }, [1, 2]],
  [{ list: 'text' }, ['a', null]],
  [{ tensor: 'int8', shape: [2, 1] }, [1, 2]],
  [{ struct: { b: 'text', a: 'float64' } }, { a: 1, b: 'x' }],
  [{ map: ['text', 'bool'] }, new Map([['a', true]])],
];

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

test('digests and keys are those of earlier versions', () => {
  const lines = VALUES.map(([type, value]) => {
    const column = buildColumn([value], type, 'c');
    const other = buildColumn([1], 'float64', 'd');
    const key = rowKeys(
      [
        { role: 'a', column },
        { role: 'b', column: other },
      ],
      1,
    );
    return [hex(valueDigests(column)), new ColumnDigest(type).update(column).digest(), hex(key)].join(' ');
  });
  expect(lines).toEqual(GOLDEN);
});

const GOLDEN: readonly string[] = [
  'ea5dbf9596d187e9500f23e9a6801094 639fa2d48d0225d56f57f88fe1e0e481 f84f845d05c5de166583e1293f5e2c5a',
  '1cfcb0bd04645357156bdeaab8c62ef2 7c250ba78a00954b98e1df5c2432983d c3ecc307c41cef2d4fbae1f325e76a99',
  'a9a99a21d200269edaa4489f600a782f 971b14fdfe22a41a145ccc3df5b3845a 6940255623d6c01201c30863abe80e64',
  'a01490c76575fde6169867b4fb15d936 0a6a1a9a7d735fa8a2b4d9ea36f1386f a4f8f0c7cfd6b5dd4c03df0c36c862e9',
  'def280c092af02f72dcd0d694e646c14 e5ad36ee5caacb16a77272a3f81c625c 22d22a7178def55c5413540b77a964b4',
  '8285d1ad84c6b6e475d3b50dbf90389c c0e7e6f8fb7d4816750d35f114b02cfb 8921149264ddfa86a6f2226f24ab446c',
  'e89fc30a820527dbdd39a22c3d675de2 19383ab467259f498816559733b901ab 523281aa1be6e5e8019e371482f59c08',
  '01f3996931000c54075ea2e38053b6a1 a6165b7bcbe9d3b227e3c5481ea47ee2 59d39f344bfb0dfb71dc86f80d17bda0',
  '3a6569cfebf85b2611b3e4ea7c23e920 7c580bb03971c4c715db2a6b810d4073 c8c801fb16ef8cf111a44db21262ee6b',
  '1a60b208ff491c3e2d21cdd5abb003e5 a0e8eaf0dbc32003c49ada0b602ab765 d56d6c13de249bcd9cdeeac2ea7c4f52',
  '29f11dce944fd4e9f0594536b7d4e82c 0d303e33fa849c6e0db708926f75543b ace8c32a11456a2b3f04f69780280769',
  '6e3ff2a6d1653e37254a2b258565a529 9271e449c694bcbe05778b79e51e58ca 3cb28527b4f4353075b400a1c88a2252',
  '5c4ee4cc8a69ec26c8c6e087ef39dd92 17a506dc447a37a559971499760dd86c e713f7820154b09eeb55bed2f98081a3',
  '93e48be3db9cb4426c6dcde6bf2da04b cbebdabbbc089356bad57d3985169bc3 bb6fa3dadbfc9390d0404a31a3c08eef',
  'b014356fe038f47e1246a2acc00bdf5d 34da1b06ead7d46bd354f7b36a7f810d 47c584e9f609e4eed4f0ddf7beb7ae86',
];
