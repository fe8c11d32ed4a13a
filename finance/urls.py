from django.urls import path

from finance.views import branches, expenses

app_name = "finance"
urlpatterns = [
    path("branch/", branches.branch_fund, name="branch_fund"),
    path("branch/<int:pk>/", branches.branch_line, name="branch_line"),
    path("me/expenses/", expenses.my_expenses, name="my_expenses"),
    path("me/expenses/new/", expenses.expense_new, name="expense_new"),
    path("me/expenses/<int:pk>/", expenses.expense_detail, name="expense"),
    path("me/expenses/<int:pk>/edit/", expenses.expense_edit, name="expense_edit"),
    path("expenses/", expenses.to_approve, name="to_approve"),
    path("expenses/<int:pk>/", expenses.approve, name="expense_approve"),
    path("expenses/<int:pk>/form.pdf", expenses.expense_pdf, name="expense_pdf"),
]
