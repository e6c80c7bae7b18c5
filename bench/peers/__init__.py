"""Broadsheet beside other GraphQL servers: the adapter for the benchmark of peers (see README.md)."""
