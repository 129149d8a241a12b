ALTER TABLE streams ENABLE TRIGGER event_notification;
