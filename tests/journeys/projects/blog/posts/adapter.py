from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    """Names the site in the subject of its mails."""

    def format_email_subject(self, subject):
        return f"[Inkwell] {subject}"

    def is_open_for_signup(self, request):
        return True
