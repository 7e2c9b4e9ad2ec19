// The alert that is looked at, in full, and which version of it that is.

import { computed, ref, watch, type ComputedRef } from "vue";
import { api, versioned, type Schemas } from "@/api/client";
import { complain } from "@/shell/toasts";
import type { Alert } from "@/views/alerts/alerts";

type Evidence = Schemas["Case"]["evidence"];

export function useWhole(shown: ComputedRef<Alert | undefined>, take: (found: Alert) => void) {
  const whole = ref<{ id: number; etag: string; evidence: Evidence } | null>(null);
  /** Nothing is decided of what is not yet in sight. */
  const seen = computed(() => (whole.value?.id === shown.value?.id ? whole.value : null));

  async function fetchWhole(id: number): Promise<void> {
    try {
      const params = { path: { case_id: id } };
      const { data, etag } = await versioned(api.GET("/v1/cases/{case_id}", { params }));
      if (shown.value?.id !== id) return;
      keep(data as Alert, etag);
    } catch (error) {
      complain(error);
    }
  }

  function keep(found: Alert, etag: string): void {
    whole.value = { id: found.id, etag, evidence: found.evidence ?? [] };
    take(found);
  }

  // Fetched anew when it has changed: a verdict is of the version that is looked at.
  watch(
    () => [shown.value?.id, shown.value?.version] as const,
    ([id]) => {
      if (id !== undefined && !isAt(id)) void fetchWhole(id);
    },
    { immediate: true },
  );

  function isAt(id: number): boolean {
    const etag = `"${String(id)}-${String(shown.value?.version)}"`;
    return whole.value?.id === id && whole.value.etag === etag;
  }

  return { seen, keep, fetchWhole };
}

export type Whole = ReturnType<typeof useWhole>;
