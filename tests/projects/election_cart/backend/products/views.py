from django.shortcuts import get_object_or_404
from rest_framework.decorators import api_view
from rest_framework.response import Response

from .models import Campaign, Package
from .serializers import CampaignSerializer, PackageSerializer


@api_view(['GET'])
def packages(request):
    return Response(PackageSerializer(Package.objects.filter(is_active=True), many=True).data)


@api_view(['GET'])
def package_detail(request, pk):
    return Response(PackageSerializer(get_object_or_404(Package, pk=pk, is_active=True)).data)


@api_view(['GET'])
def campaigns(request):
    return Response(CampaignSerializer(Campaign.objects.filter(is_active=True), many=True).data)


@api_view(['GET'])
def campaign_detail(request, pk):
    return Response(CampaignSerializer(get_object_or_404(Campaign, pk=pk, is_active=True)).data)
