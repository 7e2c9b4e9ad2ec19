"""A clip in H.265 in a browser that has no H.265: the page plays a copy in H.264."""

from playwright.sync_api import expect

SHOWN = """video => ({
  at: video.currentTime, wide: video.videoWidth, error: video.error && video.error.code,
  painted: video.getVideoPlaybackQuality().totalVideoFrames,
})"""


def test_a_clip_that_the_browser_cannot_play_is_played_as_a_copy(api, open_page, hevc) -> None:
    api.report(clip=hevc)
    page = open_page(f"{api.url}/shift/")
    assert (
        page.evaluate("document.createElement('video').canPlayType('video/mp4; codecs=hvc1')") == ""
    )
    video = page.locator("video")
    expect(video).to_have_js_property("readyState", 4)
    for _ in range(200):
        shown = video.evaluate(SHOWN)
        if shown["at"] > 0.5 and shown["painted"] > 3:
            break
        page.wait_for_timeout(50)
    assert (shown["wide"], shown["error"]) == (320, None)
    assert shown["at"] > 0.5
    assert shown["painted"] > 3
