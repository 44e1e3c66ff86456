"""Training: a compiled loss and an optimizer's update, run below Python batch by batch."""
