"""The fault that the request asks for, so that one running site has all of them."""


def fault(request, name):
    return request.headers.get("X-Fault") == name
