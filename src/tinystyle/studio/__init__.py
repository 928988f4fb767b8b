"""The style studio: the whole product as one web page that needs no server."""
