// Which view is shown at which address. A view's code comes when it is first opened.

import { createRouter, createWebHistory, type RouteRecordRaw } from "vue-router";
import { ROUTES as ADMIN } from "@/views/admin/tabs";

/** Views in the order of the navigation; `name` is also the key of their title, `nav.NAME`. */
export const VIEWS: RouteRecordRaw[] = [
  { path: "/", name: "alerts", component: () => import("@/views/alerts/AlertsView.vue") },
  { path: "/cameras", name: "cameras", component: () => import("@/views/cameras/CamerasView.vue") },
  { path: "/map", name: "map", component: () => import("@/views/map/MapView.vue") },
  { path: "/cases", name: "cases", component: () => import("@/views/cases/CasesView.vue") },
  { path: "/figures", name: "figures", component: () => import("@/views/figures/FiguresView.vue") },
  {
    path: "/admin",
    name: "admin",
    component: () => import("@/views/admin/AdminView.vue"),
    children: ADMIN,
  },
];

export const router = createRouter({
  history: createWebHistory(import.meta.env.BASE_URL),
  routes: [
    ...VIEWS,
    // Where the link of a chief's notice leads.
    { path: "/chief", name: "chief", component: () => import("@/views/chief/ChiefView.vue") },
    {
      path: "/new-camera",
      name: "new-camera",
      component: () => import("@/views/new-camera/AddCamera.vue"),
    },
    {
      path: "/cameras/:camera",
      name: "camera",
      component: () => import("@/views/cameras/CameraView.vue"),
      props: true,
    },
    {
      path: "/cases/:id(\\d+)",
      name: "case",
      component: () => import("@/views/cases/CaseView.vue"),
      props: ({ params }) => ({ id: Number(params["id"]) }),
    },
    { path: "/:rest(.*)*", redirect: "/" },
  ],
});

// Notices of earlier releases led to `#/cases/5`.
router.beforeEach(({ hash }) => {
  const old = /^#\/cases\/(\d+)$/.exec(hash);
  return old ? { name: "case", params: { id: old[1] } } : true;
});
