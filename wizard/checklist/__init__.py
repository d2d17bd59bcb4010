"""The checklist as data: model, loader, plug-ins, answers and evidence."""
