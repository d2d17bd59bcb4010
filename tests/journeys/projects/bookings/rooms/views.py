from django.contrib import messages
from django.contrib.admin.views.decorators import staff_member_required
from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from .forms import BookingForm
from .models import Booking, Room


def room_list(request):
    return render(request, "rooms/rooms.html", {"rooms": Room.objects.all()})


def room_detail(request, pk):
    room = get_object_or_404(Room, pk=pk)
    taken = room.bookings.filter(date__gte=timezone.localdate())
    return render(request, "rooms/room.html", {"room": room, "taken": taken})


@login_required
def booking_list(request):
    bookings = Booking.objects.filter(member=request.user).select_related("room")
    return render(request, "rooms/bookings.html", {"bookings": bookings})


@login_required
def booking_create(request):
    form = BookingForm(request.POST or None, initial={"room": request.GET.get("room")})
    if request.method == "POST" and form.is_valid():
        booking = form.save(commit=False)
        booking.member = request.user
        booking.save()
        messages.success(request, "The room is booked.")
        return redirect("booking", booking.pk)
    return render(request, "rooms/booking_form.html", {"form": form})


@login_required
def booking_detail(request, pk):
    booking = get_object_or_404(Booking, pk=pk, member=request.user)
    return render(request, "rooms/booking.html", {"booking": booking})


@login_required
def booking_update(request, pk):
    booking = get_object_or_404(Booking, pk=pk, member=request.user)
    form = BookingForm(request.POST or None, instance=booking)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "The booking has been changed.")
        return redirect("booking", booking.pk)
    return render(request, "rooms/booking_form.html", {"form": form})


@login_required
def booking_cancel(request, pk):
    booking = get_object_or_404(Booking, pk=pk, member=request.user)
    if request.method == "POST":
        booking.delete()
        messages.success(request, "The booking has been cancelled.")
        return redirect("bookings")
    return render(request, "rooms/booking_cancel.html", {"booking": booking})


@staff_member_required(login_url="login")
def desk(request):
    return render(request, "rooms/desk.html", {"bookings": Booking.objects.select_related("room", "member")})
