import { describe, expect, test } from "vitest";
import { bare, complete, idFor, isHidden } from "@/views/new-camera/asking";

describe("an address", () => {
  test("takes up user and password, whatever characters they have", () => {
    expect(complete("rtsp://192.0.2.7:554/101", "me", "a@b:/c*")).toBe(
      "rtsp://me:a%40b%3A%2Fc%2A@192.0.2.7:554/101",
    );
    expect(complete("192.0.2.7/101", "", "")).toBe("rtsp://192.0.2.7/101");
    expect(complete("rtsp://old:one@192.0.2.7/101", "me", "new")).toBe(
      "rtsp://me:new@192.0.2.7/101",
    );
  });
  test("keeps the name of a worker's variable as it is", () => {
    expect(complete("rtsp://192.0.2.7/101", "me", "${GATE}")).toBe(
      "rtsp://me:${GATE}@192.0.2.7/101",
    );
    expect(complete("${GATE_URL}", "", "")).toBe("${GATE_URL}");
  });
  test("that was found is used without what is hidden of it", () => {
    expect(bare("rtsp://***@192.0.2.7/101")).toBe("rtsp://192.0.2.7/101");
    expect(isHidden(bare("rtsp://***@192.0.2.7/101"))).toBe(false);
    expect(isHidden("rtsp://192.0.2.7/user=***_password=***_channel=1")).toBe(true);
  });
  test("suggests an id", () => {
    expect(idFor("rtsp://me:***@192.0.2.7:554/101")).toBe("cam-192-0-2-7");
    expect(idFor("${GATE_URL}")).toBe("");
  });
});
