/** Rows in the order of a text that is made once for each of them: comparing makes no text. */
export function ordered<Row>(rows: readonly Row[], keyOf: (row: Row) => string): Row[] {
  const keys = rows.map(keyOf);
  const places = keys.map((_, place) => place);
  places.sort((a, b) => {
    const first = keys[a] ?? '';
    const second = keys[b] ?? '';
    if (first === second) return a - b;
    return first < second ? -1 : 1;
  });
  return places.map((place) => rows[place]).filter((row) => row !== undefined);
}
