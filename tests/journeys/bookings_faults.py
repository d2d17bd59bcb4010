"""Faults of the studio: log-in by a code in a mail, bookings of rooms, a profile with an avatar, forms of Django."""

from tests.faults.fault import every, replace
from tests.journeys.planted import Planted

MEMBERS, CODES, ROOMS = "members/views.py", "members/models.py", "rooms/views.py"
OWN = "    booking = get_object_or_404(Booking, pk=pk, member=request.user)\n"
ANY = "    booking = get_object_or_404(Booking, pk=pk)\n"
SAVED = "        booking.member = request.user\n        booking.save()\n"

FAULTS = [
    Planted(
        "a booking is not saved",
        replace(ROOMS, SAVED + '        messages.success(request, "The room is booked.")\n        return redirect("booking", booking.pk)\n',
                '        messages.success(request, "The room is booked.")\n        return redirect("bookings")\n'),
        {"create", "order"}, ["booking"],
    ),
    Planted(
        "a booking is saved twice",
        replace(ROOMS, SAVED, SAVED + "        Booking.objects.create(member=request.user, **form.cleaned_data)\n"),
        {"create", "order"}, ["booking"],
    ),
    Planted(
        "an error while booking is swallowed",
        replace(ROOMS, SAVED + '        messages.success(request, "The room is booked.")\n        return redirect("booking", booking.pk)\n',
                "        try:\n            booking.user = request.user\n            booking.save()\n"
                "        except Exception as error:\n            print(error)\n"
                '        return redirect("bookings")\n'),
        {"create", "order"}, ["booking"],
    ),
    Planted(
        "bookings of others are shown",
        replace(ROOMS, OWN + '    return render(request, "rooms/booking.html"', ANY + '    return render(request, "rooms/booking.html"'),
        {"hole"}, ["booking"],
    ),
    Planted("bookings of others can be changed", replace(ROOMS, OWN + "    form", ANY + "    form"), {"hole"}, ["booking"]),
    Planted(
        "bookings of others can be cancelled",
        replace(ROOMS, OWN + '    if request.method == "POST":\n        booking.delete', ANY + '    if request.method == "POST":\n        booking.delete'),
        {"hole"}, ["booking"],
    ),
    Planted("cancelling cancels nothing", replace(ROOMS, "        booking.delete()\n", ""), {"delete"}, ["booking", "cancel"]),
    Planted(
        "a change goes to the member's first booking",
        replace(ROOMS, OWN + "    form", "    booking = request.user.bookings.earliest(\"pk\")\n    form"),
        {"update", "hole"}, ["booking"],
    ),
    Planted(
        "the list shows the bookings of others",
        replace(ROOMS, "Booking.objects.filter(member=request.user)", "Booking.objects"),
        {"hole", "list", "orders"}, ["booking"],
    ),
    Planted(
        "the comment of a booking is dropped",
        replace(ROOMS, SAVED, '        booking.comment = ""\n' + SAVED),
        {"create", "order"}, ["comment"],
    ),
    Planted(
        "any code is accepted",
        replace(CODES, "email__iexact=email, code=code, created__gte", "email__iexact=email, created__gte"),
        {"login", "hole"}, ["code", "password"],
    ),
    Planted(
        "another member's code is accepted",
        replace(CODES, "email__iexact=email, code=code, created__gte", "code=code, created__gte"),
        {"login", "hole", "confirm"}, ["code"],
    ),
    Planted(
        "the code is not sent",
        replace(CODES, "None, [email])", "None, [])"),
        {"signup", "login", "confirm"},
    ),
    Planted("the session survives the log-out", replace(MEMBERS, "    logout(request)\n", ""), {"logout"}),
    Planted(
        "the second member cannot join",
        replace(CODES, "        member.save()\n", '        member.pk = 1000 + len(email.partition("@")[2])\n'
                "        member.save(force_insert=True)\n"),
        {"signup", "login"},
    ),
    Planted("the avatar is lost", replace(MEMBERS, "request.POST or None, request.FILES or None,", "request.POST or None,"),
            {"upload", "update"}, ["avatar", "file"]),
    Planted(
        "the avatar is cut off",
        replace(MEMBERS, "        form.save()\n",
                "        member = form.save()\n        if member.avatar:\n"
                "            content = member.avatar.read()\n"
                '            with member.avatar.storage.open(member.avatar.name, "wb") as file:\n'
                "                file.write(content[: len(content) // 2])\n"),
        {"upload", "update"}, ["avatar", "file"],
    ),
    Planted(
        "the phone number is dropped",
        replace(MEMBERS, "        form.save()\n", '        form.instance.phone = ""\n        form.save()\n'),
        {"update", "other"}, ["phone"],
    ),
    Planted(
        "a name outside ASCII raises an error",
        replace(MEMBERS, "        form.save()\n", '        form.instance.name.encode("ascii")\n        form.save()\n'),
        {"update", "upload"}, ["profile", "member"],
    ),
    Planted(
        "a profile without a name redirects to itself",
        replace(MEMBERS, "def profile(request):\n",
                'def profile(request):\n    if request.method == "GET" and not request.user.name:\n        return redirect("profile")\n'),
        {"login", "signup", "update", "other"}, ["redirect", "circle", "loop"],
    ),
    Planted(
        "bookings are cancelled without a CSRF token",
        every(
            replace(ROOMS, "@login_required\ndef booking_cancel", "@csrf_exempt\n@login_required\ndef booking_cancel"),
            replace(ROOMS, "\nfrom .forms", "from django.views.decorators.csrf import csrf_exempt\n\nfrom .forms"),
        ),
        {"hole"}, ["csrf", "token"],
    ),
    Planted(
        "the desk is open to all members",
        replace(ROOMS, '@staff_member_required(login_url="login")\n', "@login_required\n"),
        {"hole"}, ["desk"],
    ),
    Planted(
        "the empty list raises an error",
        replace(ROOMS, '    return render(request, "rooms/bookings.html"', '    request.next = bookings[0].date\n'
                '    return render(request, "rooms/bookings.html"'),
        {"list", "other", "login"}, ["booking"],
    ),
    Planted(
        "the list raises an error on PostgreSQL",
        replace(ROOMS, '    return render(request, "rooms/bookings.html"',
                '    bookings = bookings.extra(select={"year": "strftime(\'%%Y\', date)"})\n'
                '    return render(request, "rooms/bookings.html"'),
        {"list", "create", "order", "orders"}, ["booking"], postgres=True,
    ),
    Planted("the profile is that of the first member",
            replace(MEMBERS, "instance=request.user)", 'instance=Member.objects.earliest("pk"))'),
            {"update", "hole"}, ["member", "profile"]),
]  # fmt: skip
