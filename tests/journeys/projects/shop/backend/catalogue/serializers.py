from rest_framework import serializers

from .models import Category, Product, Review


class CategorySerializer(serializers.ModelSerializer):
    class Meta:
        model = Category
        fields = ["id", "name", "slug"]


class ProductSerializer(serializers.ModelSerializer):
    category_name = serializers.CharField(source="category.name", read_only=True)
    review_count = serializers.IntegerField(source="reviews.count", read_only=True)

    class Meta:
        model = Product
        fields = ["id", "category", "category_name", "name", "description", "price", "stock", "review_count"]


class ReviewSerializer(serializers.ModelSerializer):
    author = serializers.CharField(source="author.username", read_only=True)

    class Meta:
        model = Review
        fields = ["id", "product", "author", "rating", "text", "created"]
