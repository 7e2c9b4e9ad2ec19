// How a case is put into words: shared by the list, the detail and what screen readers hear.

import { duration } from "./format.js";
import { h, icon } from "./dom.js";
import { language, named, t } from "./i18n.js";

const TONE_ICONS = { reported: "alert", unsettled: "ring", confirmed: "check", dismissed: "cross" };
/** Not registered yet, and not this operator's to decide: nothing is done about it so far. */
const UNSETTLED = ["pending_verify", "pending_register"];
export const REASONS = ["shadow", "parked", "permitted", "goods"];

export function kindName(found) {
  return named(found.category);
}

export function categoryCode(found) {
  return `${t(found.category.type === "部件" ? "type.component" : "type.event")} ${found.category.code}`;
}

export function placeName(found) {
  const { address, camera_name: name, camera_id: id } = found.place;
  return address || name || id;
}

export function cameraName(found) {
  const { camera_name: name, camera_id: id } = found.place;
  return name ? t("camera.named", { name, id }) : id;
}

/** A new case, or one that a camera wants a person to confirm. */
export function waitsForOperator(found) {
  const camera = found.source === "camera";
  return found.status === "reported" || (camera && found.status === "pending_verify");
}

/** Which of four a state looks like: waiting for the operator, for somebody else before it is
    registered, under way or settled, or void. */
export function tone(found) {
  if (waitsForOperator(found)) return "reported";
  if (UNSETTLED.includes(found.status)) return "unsettled";
  return found.status === "voided" ? "dismissed" : "confirmed";
}

export function toneIcon(found) {
  return icon(TONE_ICONS[tone(found)]);
}

export function statusChip(found) {
  return h(
    "span",
    { class: `chip ${tone(found)}` },
    toneIcon(found),
    t(`status.${found.status}`),
  );
}

/** A sentence that came in both languages, in the page's; what one lacks, the other tells. */
export function said(words) {
  if (!words) return "";
  const { text_zh: zh, text_en: en } = words;
  return language() === "en" ? en || zh : zh || en;
}

/** Why it is a case: what its rule says, else what a camera counted, or what somebody said. */
export function why(found) {
  const explained = said(found.explanation);
  if (explained) return explained;
  if (!found.box) return found.description || t("why.told", { source: sourceName(found.source) });
  return t("why", {
    looks: found.looks,
    hits: found.hits,
    duration: duration(found.first_seen, found.confirmed_at),
    score: found.score.toFixed(2),
  });
}

/** Who told of it (问题来源); a source that this page has no words for stays as it came. */
export function sourceName(source) {
  const words = t(`source.${source}`);
  return words === `source.${source}` ? source : words;
}

/** A reason as the record keeps it: in the record's language, whatever the page speaks. */
export function reasonForRecord(name) {
  return t(`reason.${name}`, {}, "zh-CN");
}

/** A recorded reason in the page's language; what an operator wrote freely stays as it is. */
export function reasonForReader(recorded) {
  const name = REASONS.find((known) => reasonForRecord(known) === recorded);
  return name ? t(`reason.${name}`) : recorded;
}

/** Why a camera gives no picture; a reason that this page has no words for stays as it came. */
export function troubleWords(reason) {
  const words = t(`trouble.${reason}`);
  return words === `trouble.${reason}` ? reason : words;
}

/** What is wrong with a camera's picture; a kind that this page has no words for stays as it came. */
export function alertWords(kind) {
  const words = t(`camera_alert.${kind}`);
  return words === `camera_alert.${kind}` ? kind : words;
}

/** What an empty page waits for. */
export function emptyWords(watching) {
  const kinds = watching?.kinds.filter((kind) => kind.watched) ?? [];
  if (!kinds.length) return t("empty.nobody");
  const names = kinds.map(named).join(t("list.comma"));
  const live = watching.cameras.filter((camera) => camera.alive && camera.state === "live").length;
  return live
    ? t("empty.watching", { kinds: names, cameras: live })
    : t("empty.no_picture", { kinds: names });
}
