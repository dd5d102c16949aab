import { embed, nearest, pipeline, source } from 'millrace';

const SUBJECTS = [
  'glacier',
  'violin',
  'harbour',
  'beehive',
  'railway',
  'lantern',
  'orchard',
  'compass',
  'theatre',
  'volcano',
];
const PLACES = ['in the north', 'by the sea', 'near the old town', 'behind the hills', 'in the valley'];

const corpus = source.generator({
  columns: { id: 'int', text: 'text' },
  with: { many: 2000, subjects: SUBJECTS, places: PLACES },
  *run({ many, subjects, places }) {
    for (let id = 0; id < many; id++)
      yield { id, text: `Note ${id}: the ${subjects[id % subjects.length]} ${places[id % places.length]}` };
  },
});

const queries = source.rows([{ query: 'Note 700: the glacier, in the north' }, { query: 'a violin by the sea' }]);

const local = { model: 'local/./models/tiny-embed', into: 'vector' } as const;
const library = embed(corpus, { from: 'text', ...local });
const asked = embed(queries, { from: 'query', ...local });

const found = nearest(asked, library, { from: 'vector', k: 5, take: ['id', 'text'] });

export default pipeline({ corpus, library, found });
