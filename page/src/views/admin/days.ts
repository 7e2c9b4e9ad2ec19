// Days of the district as moments: China has one zone, and no summer time.

const OFFSET = "+08:00";

/** The moment at which a day (2026-11-25) begins. */
export function beginningOf(day: string): string {
  return new Date(`${day}T00:00:00${OFFSET}`).toISOString();
}

/** The moment at which a day is over. */
export function endOf(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00${OFFSET}`) + 86_400_000).toISOString();
}

/** The moment of a day and time as a field has it (2026-11-25T08:30), in the district. */
export function momentOf(local: string): string {
  return new Date(`${local}${OFFSET}`).toISOString();
}
