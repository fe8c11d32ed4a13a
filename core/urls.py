from django.urls import path

from core.views import exports, files

urlpatterns = [
    path("files/<uuid:pk>/", files.attachment, name="attachment"),
    path("exports/", exports.my_exports, name="exports"),
    path("exports/new/<str:code>/", exports.new_export, name="export_new"),
    path("exports/<uuid:pk>/", exports.export, name="export"),
]
