// The alerts that wait, as they are now: loaded newest first, page by page, and kept by the live line.

import { computed, onMounted, onUnmounted, ref, watch, type Ref } from "vue";
import { answer, api, type Schemas } from "@/api/client";
import { now } from "@/clock";
import { listen } from "@/line";
import { complain } from "@/shell/toasts";
import { inOrder, newer, surplus, waits, type Alert } from "@/views/alerts/alerts";

const PAGE = 200;
/** So many rows more than were asked for may stand: what comes over hours must not fill the page. */
const SLACK = 50;
/** So long a row stays that somebody else has settled, with their name on it. */
export const LEAVES_MS = 15_000;
type Asked = { urgent?: boolean; cursor?: string };

/**
 * @param mine only what is given to this operator; null for all
 * @param shown the alert that is looked at: it does not go while it is
 */
export function useQueue(mine: Ref<string | null>, shown: Ref<number | null>) {
  const cases = ref(new Map<number, Alert>());
  /** Settled by others: until when each is still shown. */
  const leaving = new Map<number, number>();
  /** Settled here: these go at once. */
  const own = new Set<number>();
  const next = ref<string | null>(null);
  /** Whether older ones were let go: they are asked for again when the end comes into sight. */
  const cut = ref(false);
  let loading = false;
  let pages = 1;
  /** What was heard while a list was on its way, which does not have it yet. */
  let heard: Alert[] | null = null;

  const rows = computed(() =>
    inOrder(cases.value.values()).filter(
      ({ assigned_to }) => mine.value === null || assigned_to === mine.value,
    ),
  );
  const waiting = computed(() => rows.value.filter(waits));

  function take(found: Alert): void {
    const before = cases.value.get(found.id);
    if (!newer(found, before)) return;
    if (waits(found)) {
      leaving.delete(found.id);
    } else if (before === undefined || own.has(found.id)) {
      cases.value.delete(found.id);
      return;
    } else if (!leaving.has(found.id)) leaving.set(found.id, now.value + LEAVES_MS);
    cases.value.set(found.id, found);
  }

  function bound(): void {
    const room = pages * PAGE;
    if (heard !== null || cases.value.size <= room + SLACK) return;
    for (const id of surplus(cases.value.values(), room, shown.value)) {
      cases.value.delete(id);
      leaving.delete(id);
      cut.value = true;
    }
  }

  async function page(asked: Asked): Promise<Schemas["CasePage"]> {
    const query = {
      ...asked,
      limit: PAGE,
      status: ["reported", "pending_verify"] satisfies Schemas["CaseStatus"][],
      ...(mine.value === null ? {} : { assigned_to: mine.value }),
    };
    return (await answer(api.GET("/v1/cases", { params: { query } }))) as Schemas["CasePage"];
  }

  /** All anew, as far back as was loaded; what is urgent however old it is. */
  async function load(): Promise<void> {
    const depth = pages;
    heard ??= [];
    try {
      const [newest, urgent] = await Promise.all([page({}), page({ urgent: true })]);
      const fresh = new Map<number, Alert>();
      for (const one of [...newest.items, ...urgent.items] as Alert[]) {
        if (waits(one)) fresh.set(one.id, { ...cases.value.get(one.id), ...one });
      }
      const looked = shown.value === null ? undefined : cases.value.get(shown.value);
      const left = looked && !fresh.has(looked.id) && !own.has(looked.id) ? looked : null;
      // It has left the list while it was looked at: it stays until the eye has left it too.
      if (left) fresh.set(left.id, left);
      leaving.clear();
      cases.value = fresh;
      for (const one of heard ?? []) take(one);
      if (left) take(await whole(left.id));
      [pages, next.value, cut.value] = [1, newest.next, false];
      while (pages < depth && next.value !== null) await more();
    } catch (error) {
      complain(error);
    } finally {
      heard = null;
    }
  }

  async function whole(id: number): Promise<Alert> {
    const params = { path: { case_id: id } };
    return (await answer(api.GET("/v1/cases/{case_id}", { params }))) as Alert;
  }

  /** The page before the oldest that is here. */
  async function more(): Promise<void> {
    if (cut.value) {
      pages += 1;
      return load();
    }
    if (next.value === null || loading) return;
    loading = true;
    try {
      const found = await page({ cursor: next.value });
      for (const one of found.items) take(one as Alert);
      next.value = found.next;
      pages += 1;
    } catch (error) {
      complain(error);
      next.value = null; // asked for again when the list is loaded anew
    } finally {
      loading = false;
    }
  }

  watch(now, (at) => {
    for (const [id, until] of leaving) {
      if (until > at || id === shown.value) continue;
      leaving.delete(id);
      cases.value.delete(id);
    }
  });
  watch(mine, () => {
    pages = 1;
    void load();
  });
  const deaf = listen({
    onCase: (event, found) => {
      heard?.push(found);
      take(found);
      bound();
      // Others may lie at the same place, of which nothing is told.
      if (event === "case.snoozed" || event === "case.woken") void load();
    },
    onBack: () => void load(),
  });
  onMounted(load);
  onUnmounted(deaf);

  return {
    rows,
    waiting,
    hasMore: computed(() => next.value !== null || cut.value),
    take,
    load,
    more,
    /** This very hand settles it: its row is not to stay. */
    claim: (id: number) => void own.add(id),
    /** It did not come to that, or was taken back. */
    disclaim: (id: number) => void own.delete(id),
  };
}

export type Queue = ReturnType<typeof useQueue>;
