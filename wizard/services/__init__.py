"""Clients of Sentry, UptimeRobot, Razorpay and Cloudinary, and the grading of response headers."""
