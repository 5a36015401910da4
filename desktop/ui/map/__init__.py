"""The map: many points that pan and zoom, thumbnails from near, words, a lasso."""
