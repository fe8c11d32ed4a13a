"""A phone at the table: what is noted without a network is kept, sent when it is back, and noted once."""

import json

import pytest
import segno

from core import clock
from members.services import codes
from tests.cast import PASSWORD
from tests.union_site.browser import ARGUMENTS, PHONE, Screen, screen
from tests.welfare.handouts import Scene, make_run
from welfare.enums import BenefitState, HandoutWay
from welfare.models import Benefit, Handout

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SCALE = 8  # pixels of the film for one of the code


def at_the_scanner(window: Screen, scene: Scene) -> None:
    window.sign_in(scene.officer.username, PASSWORD)
    window.open(f"/welfare/handouts/{scene.benefit.pk}/scan/")
    window.page.wait_for_selector("[data-start]:visible")


def type_in(window: Screen, text: str) -> None:
    window.page.fill("[data-typed] [name=who]", text)
    window.page.press("[data-typed] [name=who]", "Enter")


def queue(window: Screen) -> list[dict]:
    return window.page.evaluate("JSON.parse(localStorage.getItem(document.getElementById('scan').dataset.queue))")


def until_answered(window: Screen, times: int) -> None:
    """As many entries as that were answered since the page was opened, and none waits."""
    window.page.wait_for_selector(f"[data-log] li:nth-child({times})")
    window.page.wait_for_selector("[data-pending]:text-is('全部已上报。')")


def test_what_is_noted_offline_is_sent_once_when_the_network_is_back(phone):
    scene = make_run(5)
    at_the_scanner(phone, scene)

    phone.page.context.set_offline(True)
    for one in scene.people[:3]:
        type_in(phone, one.staff_no)
    kept = queue(phone)
    assert [entry["who"] for entry in kept] == [one.staff_no for one in scene.people[:3]]
    assert set(kept[0]) == {"who", "way", "key"}
    assert "3" in phone.page.inner_text("[data-pending]")
    assert not Handout.objects.exists()

    phone.page.context.set_offline(False)
    until_answered(phone, 3)
    assert set(Handout.objects.values_list("entitlement__member", flat=True)) == {one.pk for one in scene.people[:3]}
    assert phone.page.inner_text("[data-log]").count("已登记领取") == 3
    phone.page.wait_for_selector("b[data-figure=done]:text-is('3')")

    # The answers got lost on the way: the phone has the three still, and sends them again.
    phone.page.evaluate(
        "kept => localStorage.setItem(document.getElementById('scan').dataset.queue, kept)", json.dumps(kept)
    )
    phone.page.reload()
    until_answered(phone, 3)
    assert Handout.objects.count() == 3
    assert phone.page.inner_text("[data-log]").count("已于") == 3
    lost = [said for said in phone.complaints if "ERR_INTERNET_DISCONNECTED" not in said]
    assert lost == []


def test_a_session_that_is_over_loses_nothing(phone):
    scene = make_run(1)
    at_the_scanner(phone, scene)
    cookies = phone.page.context.cookies()

    phone.page.context.clear_cookies()
    type_in(phone, scene.people[0].staff_no)
    phone.page.wait_for_selector("[data-answer][data-done=no]")
    assert "登录已过期" in phone.page.inner_text("[data-answer]")
    assert len(queue(phone)) == 1

    phone.page.context.add_cookies(cookies)
    phone.page.reload()
    until_answered(phone, 1)
    assert Handout.objects.count() == 1


def test_a_run_that_is_over_says_so_and_keeps_the_number_in_sight(phone):
    scene = make_run(1)
    at_the_scanner(phone, scene)
    Benefit.objects.filter(pk=scene.benefit.pk).update(state=BenefitState.APPROVED)

    type_in(phone, scene.people[0].staff_no)

    phone.page.wait_for_selector(f"[data-log] li:text-is('未登记：{scene.people[0].staff_no}')")
    assert "发放已结束" in phone.page.inner_text("[data-answer]")
    assert len(queue(phone)) == 1


def test_without_a_script_a_number_is_typed(chromium, live_server):
    scene = make_run(1)
    with screen(chromium, live_server.url, PHONE, java_script_enabled=False) as window:
        window.sign_in(scene.officer.username, PASSWORD)
        window.open(f"/welfare/handouts/{scene.benefit.pk}/scan/")

        type_in(window, scene.people[0].staff_no)

        window.page.wait_for_selector(".note--success")
    assert Handout.objects.get().way == HandoutWay.TYPED


def test_the_camera_reads_a_member_code(chromium, live_server, tmp_path):
    """A film of the card before the camera of a real browser, read by the library where the browser has no eye."""
    scene = make_run(1)
    one = scene.people[0]
    film = tmp_path / "card.y4m"
    film.write_bytes(_film(codes.codes_for([one], at=clock.now())[one.pk]))
    faked = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    browser = chromium.browser_type.launch(
        executable_path="/usr/bin/chromium",
        args=[*ARGUMENTS, *faked, f"--use-file-for-fake-video-capture={film}"],
    )
    try:
        with screen(browser, live_server.url, PHONE, permissions=["camera"]) as window:
            at_the_scanner(window, scene)
            window.page.click("[data-start]")
            window.page.wait_for_selector("[data-answer][data-done=yes]")
            until_answered(window, 1)
            assert window.complaints == []
    finally:
        browser.close()
    assert Handout.objects.get().way == HandoutWay.SCANNED


def _film(code: str) -> bytes:
    """One picture after another of the code on a white ground, grey only."""
    modules = [list(row) for row in segno.make(code, error="m", micro=False).matrix_iter(scale=SCALE, border=6)]
    height, width = len(modules), len(modules[0])
    grey = b"".join(bytes(16 if dark else 235 for dark in row) for row in modules)
    frame = b"FRAME\n" + grey + bytes([128]) * (width // 2 * (height // 2) * 2)
    return f"YUV4MPEG2 W{width} H{height} F10:1 Ip A1:1 C420jpeg\n".encode() + frame * 5
