"""The session's themes, all readable by WCAG AA."""

from __future__ import annotations

from textual.theme import BUILTIN_THEMES, Theme

DARK = Theme(
    "golive-dark", primary="#5aa9e6", secondary="#8ab4d6", accent="#63d2c6", warning="#f0b44c", error="#ff7b8a",
    success="#6fd08c", foreground="#e6e9ef", background="#14171c", surface="#1b1f27", panel="#242a34", dark=True,
    variables={
        "text-muted": "#a3acba", "text-success": "#7bd996", "text-warning": "#f3c069", "text-error": "#ff8f9c",
        "text-accent": "#71dcd0", "text-primary": "#7fbdf0", "footer-key-foreground": "#7fbdf0",
        "block-cursor-background": "#1d4263", "block-cursor-foreground": "#ffffff",
        "block-cursor-blurred-background": "#2a3140", "border-blurred": "#3a4352",
    },
)  # fmt: skip
LIGHT = Theme(
    "golive-light", primary="#0b5cad", secondary="#3a6ea5", accent="#00695c", warning="#7a4b00", error="#a8132b",
    success="#136c34", foreground="#1a1d23", background="#fbfbf9", surface="#f1f2f0", panel="#e4e6e4", dark=False,
    variables={
        "text-muted": "#4d5561", "text-success": "#0f5e2c", "text-warning": "#6b4200", "text-error": "#9a0f26",
        "text-accent": "#00594e", "text-primary": "#0a4f95", "footer-key-foreground": "#0a4f95",
        "block-cursor-background": "#bcd8f5", "block-cursor-foreground": "#0a1f33",
        "block-cursor-blurred-background": "#dfe5ec", "border-blurred": "#b9bfc8",
    },
)  # fmt: skip
CONTRAST = Theme(
    "golive-contrast", primary="#66ccff", secondary="#99ddff", accent="#00ffff", warning="#ffff00", error="#ff9d9d",
    success="#00ff66", foreground="#ffffff", background="#000000", surface="#000000", panel="#1a1a1a", dark=True,
    variables={
        "text-muted": "#e0e0e0", "text-success": "#00ff66", "text-warning": "#ffff00", "text-error": "#ffb3b3",
        "text-accent": "#00ffff", "text-primary": "#99ddff", "footer-key-foreground": "#ffff00",
        "block-cursor-background": "#003c8f", "block-cursor-foreground": "#ffffff", "block-cursor-text-style": "bold",
        "block-cursor-blurred-background": "#404040", "border-blurred": "#b0b0b0", "border": "#ffffff",
    },
)  # fmt: skip
OURS = (DARK, LIGHT, CONTRAST)
TERMINAL = tuple(BUILTIN_THEMES[name] for name in ("ansi-dark", "ansi-light"))
"""The terminal's own colours. Their contrast is up to the terminal."""


def offered() -> dict[str, Theme]:
    return {theme.name: theme for theme in (*OURS, *TERMINAL)}
