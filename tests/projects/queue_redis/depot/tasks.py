from celery import shared_task

from depot.models import DailyCount, Parcel


@shared_task
def label(parcel_id):
    Parcel.objects.filter(pk=parcel_id).update(labelled=True)


@shared_task
def count_parcels():
    DailyCount.objects.create(parcels=Parcel.objects.count())
