"""Executor of `GenerateSecrets`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.base.secrets import generate, remember
from wizard.engine.actions.file_executor import FileExecutor
from wizard.plan.actions import GenerateSecrets

if TYPE_CHECKING:
    from wizard.engine.actions.apply_context import ApplyContext


class GenerateSecretsExecutor(FileExecutor[GenerateSecrets]):
    """Generates the missing secrets of a .env file, so that no plan holds them."""

    def new_content(self, context: ApplyContext, action: GenerateSecrets) -> bytes:
        from wizard.editing import dotenv

        content = action.before or b""
        present = dotenv.values(content)
        for name, characters in action.names:
            if not present.get(name):
                value = generate(characters)
                remember(value)
                content = dotenv.with_value(content, name, value)
        for name, value in action.kept:
            content = content if present.get(name) else dotenv.with_value(content, name, value)
        return content

    def is_secret(self, action: GenerateSecrets) -> bool:
        return True
