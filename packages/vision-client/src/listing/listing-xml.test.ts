import { describe, expect, it } from '@jest/globals';
import { parseListing, unquoted } from './listing-xml.ts';

const contents = (key: string) =>
  `<Contents><Key>${key}</Key><LastModified>2024-01-02T10:45:56.000Z</LastModified><ETag>&quot;527fe5ee4fa603be80c426edfe379833&quot;</ETag><Size>1337</Size><StorageClass>STANDARD</StorageClass></Contents>`;
const page = (inner: string, truncated = false) =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>data.binance.vision</Name><Marker/><IsTruncated>${truncated}</IsTruncated>${inner}</ListBucketResult>`;

describe(parseListing.name, () => {
  it('reads objects and folders', () => {
    expect(
      parseListing(page(`${contents('data/a.zip')}<CommonPrefixes><Prefix>data/spot/</Prefix></CommonPrefixes>`)),
    ).toEqual({
      objects: [
        {
          objectKey: 'data/a.zip',
          size: 1337,
          etag: '527fe5ee4fa603be80c426edfe379833',
          lastModified: '2024-01-02T10:45:56.000Z',
        },
      ],
      folders: ['data/spot/'],
      nextMarker: undefined,
    });
  });

  it('decodes entities in names', () => {
    expect(parseListing(page(contents('a&amp;b&lt;&gt;&#x5e01;&#23433;.zip')))!.objects[0]!.objectKey).toBe(
      'a&b<>币安.zip',
    );
  });

  it('goes on behind NextMarker, and without one behind the last name', () => {
    expect(parseListing(page(`<NextMarker>m</NextMarker>${contents('k')}`, true))!.nextMarker).toBe('m');
    expect(parseListing(page(contents('j') + contents('k'), true))!.nextMarker).toBe('k');
    expect(parseListing(page('<CommonPrefixes><Prefix>p/</Prefix></CommonPrefixes>', true))!.nextMarker).toBe('p/');
  });

  it.each([
    ['HTML', '<!DOCTYPE html>\n<html><head><link href="x"></head></html>'],
    ['an error', '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>'],
    ['JSON', '{"code":-1003}'],
    ['nothing', ''],
    ['a page that is cut', page(contents('k')).slice(0, -30)],
    ['a page that goes on nowhere', page('', true)],
    ['an object without a size', page(contents('k').replace('<Size>1337</Size>', ''))],
    ['a size that is none', page(contents('k').replace('1337', '-1'))],
    ['a time that is none', page(contents('k').replace('2024', 'x'))],
    ['an unknown entity', page(contents('&xxe;'))],
    ['an entity that objects are born with', page(contents('&toString;'))],
    ['a bare ampersand', page(contents('a&b'))],
    ['a character beyond Unicode', page(contents('&#x110000;'))],
    ['an entity of its own', `<!DOCTYPE x [<!ENTITY y "z">]>${page(contents('k'))}`],
    ['two roots', `${page('')}<x/>`],
    ['elements that cross', '<ListBucketResult><a><b></a></b></ListBucketResult>'],
    ['elements a thousand deep', page('<a>'.repeat(1000) + '</a>'.repeat(1000))],
    ['a million elements', page('<a/>'.repeat(1_000_000))],
    ['8 MB of attributes', page(`<a${' b="c"'.repeat(1_300_000)}></a>`)],
    ['8 MB of attributes without an end', page(`<a${' b="c"'.repeat(1_300_000)}`)],
    ['8 MB of spaces in an element', page(`<a${' '.repeat(8_000_000)}=></a>`)],
    ['8 MB of &', page(contents('&'.repeat(8_000_000)))],
    ['8 MB of entities', page(contents('&amp;'.repeat(1_600_000)))],
    ['8 MB of a name', page(contents('a'.repeat(8_000_000)))],
  ])('refuses %s, at once', (_, text) => {
    const before = process.cpuUsage();
    expect(parseListing(text)).toBeUndefined();
    // The processor's time, not the clock's: others may use the machine as well.
    expect(process.cpuUsage(before).user).toBeLessThan(1_000_000);
  });
});

describe(unquoted.name, () => {
  it.each([
    ['"a"', 'a'],
    ['W/"a"', 'a'],
    ['a', 'a'],
  ])('reads %s as %s', (etag, value) => expect(unquoted(etag)).toBe(value));
});
