"""What Django's own admin does with the same rows: the comparison of ``bench list``, and nothing else."""

from django.contrib import admin
from django.urls import path

from members.models import Member


class StockMemberAdmin(admin.ModelAdmin):
    list_display = ("name", "staff_no", "sex", "title", "phone", "standing")
    search_fields = ("name",)
    list_per_page = 50
    ordering = ("pinyin", "id")
    actions = None

    @admin.display(description="会籍")
    def standing(self, member):
        """The branch and the period, as a plain admin would fetch them."""
        period = member.memberships.all()[0] if member.memberships.all() else None
        return f"{period.branch} {period.from_on}" if period else ""

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("memberships__branch")


site = admin.AdminSite(name="admin")
site.register(Member, StockMemberAdmin)
urlpatterns = [path("admin/", site.urls)]
