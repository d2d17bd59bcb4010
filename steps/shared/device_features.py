"""The features of a visitor's device that the project's pages use. A Permissions-Policy must not take them away.

A feature that is left out of the header stays allowed for the site itself, and for frames that have it in `allow`.
Source: MDN, Permissions-Policy.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wizard.base import files
from wizard.project.project import Project

MEDIA = r"getUserMedia|mediaDevices|SpeechRecognition|Html5Qrcode|Instascan|Quagga|RTCPeerConnection"
MOTION = r"devicemotion|deviceorientation|DeviceMotionEvent|DeviceOrientationEvent|OrientationSensor"
USES = {
    "accelerometer": rf"{MOTION}|\bAccelerometer\(",
    "camera": MEDIA,
    "geolocation": r"navigator\??\.geolocation|getCurrentPosition|watchPosition|\.locate\(|GeolocateControl",
    "gyroscope": rf"{MOTION}|\bGyroscope\(",
    "magnetometer": rf"{MOTION}|\bMagnetometer\(",
    "microphone": MEDIA,
    "payment": r"PaymentRequest\(|paymentRequest\(|ApplePaySession|js\.stripe\.com|paypal\.com/sdk|pay\.google\.com",
    "usb": r"navigator\??\.usb\b",
}
"""What a script calls, or loads, to use each feature. Recording sound and video starts with the same call."""
FRAME = r"<iframe\b[^>]*\ballow\s*=\s*[\"'][^\"']*\b{}\b"
PATTERNS = {name: re.compile(f"{pattern}|{FRAME.format(name)}") for name, pattern in USES.items()}
SCRIPTS = {".html", ".js", ".mjs", ".jsx", ".ts", ".tsx", ".vue", ".svelte"}
LARGEST = 4 << 20
"""Bytes. A larger file is a bundle of libraries."""


def unused_features(project: Project) -> list[str]:
    """The features that no template and no script of the project uses."""
    left = dict(PATTERNS)
    for text in _texts(project):
        left = {name: pattern for name, pattern in left.items() if not pattern.search(text)}
    return list(left)


def _texts(project: Project) -> Iterator[str]:
    for path in project.copy.files():
        if path.suffix in SCRIPTS and files.is_file(path) and path.stat().st_size <= LARGEST:
            yield files.text(path)
