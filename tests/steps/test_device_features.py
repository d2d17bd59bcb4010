"""The policies leave what a project's pages use: features of the device, and forms that end at another site."""

from __future__ import annotations

import pytest

from steps.shared.device_features import USES, unused_features
from steps.shared.leaving_forms import leaves_the_site
from tests.steps.served import Served


@pytest.mark.parametrize(
    ("path", "text", "used"),
    [
        ("static/chat.js", "const s = await navigator.mediaDevices.getUserMedia({audio: true})", "camera microphone"),
        ("templates/map.html", "<script>navigator.geolocation.getCurrentPosition(go)</script>", "geolocation"),
        ("templates/pay.html", '<script src="https://js.stripe.com/v3/"></script>', "payment"),
        ("static/tilt.js", "addEventListener('deviceorientation', go)", "accelerometer gyroscope magnetometer"),
        ("templates/call.html", '<iframe src="{{ room }}" allow="camera; fullscreen"></iframe>', "camera"),
        ("shop/views.py", "# getUserMedia", ""),
        ("static/plain.js", "document.camera = microphone", ""),
    ],
)
def test_a_feature_that_a_script_or_a_frame_uses_is_left_out_of_the_policy(tmp_path, path, text, used):
    assert unused_features(Served(tmp_path, {path: text})) == [name for name in USES if name not in used.split()]


@pytest.mark.parametrize(
    ("files", "apps", "leaves"),
    [
        ({}, [], False),
        ({}, ["allauth.account"], False),
        ({}, ["allauth.account", "allauth.socialaccount"], True),
        ({"requirements.txt": "django\nstripe>=9\n"}, [], True),
        ({"shop/views.py": "def pay(request):\n    return redirect(order.payment_url)\n"}, [], True),
        ({"shop/views.py": "def pay(request):\n    return redirect('done')\n"}, [], False),
    ],
    ids=["nothing", "own accounts", "logins elsewhere", "a package", "code", "a redirect of its own"],
)
def test_a_form_may_end_where_visitors_pay_or_log_in(tmp_path, files, apps, leaves):
    assert leaves_the_site(Served(tmp_path, files, {"INSTALLED_APPS": apps})) is leaves
