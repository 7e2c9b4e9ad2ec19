// The tabs of the administration, each at its address, and who may see it (docs/access.md).

import type { RouteRecordRaw } from "vue-router";
import { may, type Me } from "@/session";

type Role = Me["roles"][number];

export interface Tab {
  name: string;
  roles: readonly Role[];
}

export const TABS: readonly Tab[] = [
  { name: "people", roles: ["admin"] },
  { name: "keys", roles: ["admin"] },
  { name: "subscriptions", roles: ["engineer", "admin"] },
  { name: "catalogue", roles: ["clerk", "engineer", "admin"] },
  { name: "calendars", roles: ["clerk", "engineer", "admin"] },
  { name: "audit", roles: ["admin"] },
];

/** Those that whoever is here may see. */
export function openTabs(): Tab[] {
  return TABS.filter((tab) => may(...tab.roles));
}

export const ROUTES: RouteRecordRaw[] = [
  { path: "people", component: () => import("@/views/admin/PeopleTab.vue") },
  { path: "keys", component: () => import("@/views/admin/KeysTab.vue") },
  { path: "subscriptions", component: () => import("@/views/admin/SubscriptionsTab.vue") },
  {
    path: "subscriptions/:id",
    component: () => import("@/views/admin/SubscriptionView.vue"),
    props: true,
  },
  { path: "catalogue", component: () => import("@/views/admin/CatalogueTab.vue") },
  { path: "calendars", component: () => import("@/views/admin/CalendarsTab.vue") },
  { path: "audit", component: () => import("@/views/admin/AuditTab.vue") },
];
