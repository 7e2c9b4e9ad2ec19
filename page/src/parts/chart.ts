// ECharts, with the parts that we use and in the colours of the page.

import { BarChart } from "echarts/charts";
import { AriaComponent, GridComponent, TooltipComponent } from "echarts/components";
import { use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { computed, onMounted, onUnmounted, ref } from "vue";
import { settings } from "@/settings";

use([BarChart, GridComponent, TooltipComponent, AriaComponent, SVGRenderer]);

export interface Colours {
  text: string;
  muted: string;
  line: string;
  surface: string;
  bar: string;
  /** The font families of the page: the charts' text is measured before it is drawn. */
  font: string;
}

/** The colours as the theme has them now; changes with it. */
export function useColours() {
  const turn = ref(0);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const again = () => (turn.value += 1);
  onMounted(() => {
    dark.addEventListener("change", again);
    again();
  });
  onUnmounted(() => dark.removeEventListener("change", again));
  return computed<Colours>(() => {
    void [turn.value, settings.theme];
    const style = getComputedStyle(document.documentElement);
    const token = (name: string) => style.getPropertyValue(`--${name}`).trim();
    return {
      text: token("text"),
      muted: token("muted"),
      line: token("line"),
      surface: token("surface"),
      bar: token("accent"),
      font: style.fontFamily,
    };
  });
}

/** What every chart of ours has. The tooltip is drawn, not written as HTML: the page allows no inline style. */
export function base(colours: Colours) {
  return {
    animation: false,
    aria: { enabled: true },
    textStyle: { color: colours.text, fontFamily: colours.font, fontSize: 14 },
    tooltip: {
      trigger: "axis" as const,
      renderMode: "richText" as const,
      axisPointer: { type: "shadow" as const },
      backgroundColor: colours.surface,
      borderColor: colours.line,
      textStyle: { color: colours.text },
    },
    grid: { left: 8, right: 24, top: 32, bottom: 8, containLabel: true },
  };
}
