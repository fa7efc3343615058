/** The last `first` of some rows, the very last one first. @param first not negative */
export function latest<Row>(rows: readonly Row[], first: number): Row[] {
  return first === 0 ? [] : rows.slice(-first).toReversed();
}
